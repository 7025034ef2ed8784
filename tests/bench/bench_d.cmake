# Bench D: not a test. `tests/bench/bench_d` builds it optimised and runs it against GOFUTURE_POSTGRES and GOFUTURE_KAFKA.
add_library(bench_function MODULE EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_function.cpp)
target_link_libraries(bench_function PRIVATE gofuture_sdk)
gofuture_function_flags(bench_function)
add_executable(bench_d EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_d.cpp ${CMAKE_CURRENT_LIST_DIR}/bench_d_ours.cpp
                       ${CMAKE_CURRENT_LIST_DIR}/bench_d_peer.cpp ${CMAKE_CURRENT_LIST_DIR}/preload.cpp
                       ${PROJECT_SOURCE_DIR}/tests/integration/kafka_backdoor.cpp)
target_include_directories(bench_d PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(bench_d PRIVATE gofuture_postgres gofuture_kafka gofuture_plugin gofuture_pipeline)
target_compile_definitions(bench_d PRIVATE BENCH_FUNCTION="$<TARGET_FILE:bench_function>")
add_dependencies(bench_d bench_function)
