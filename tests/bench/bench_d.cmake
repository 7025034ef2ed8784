# Bench D: not a test. `tests/bench/bench_d` builds it optimised and runs it against GOFUTURE_POSTGRES.
add_executable(bench_d EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_d.cpp ${CMAKE_CURRENT_LIST_DIR}/bench_d_ours.cpp
                       ${CMAKE_CURRENT_LIST_DIR}/bench_d_peer.cpp)
target_include_directories(bench_d PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(bench_d PRIVATE gofuture_postgres gofuture_pipeline)
