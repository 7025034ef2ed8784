# Bench H: not a test. `tests/bench/bench_h` builds it optimised and runs it against GOFUTURE_POSTGRES and GOFUTURE_KAFKA.
add_executable(bench_h EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_h.cpp ${CMAKE_CURRENT_LIST_DIR}/child.cpp ${CMAKE_CURRENT_LIST_DIR}/output_log.cpp
                       ${CMAKE_CURRENT_LIST_DIR}/preload.cpp ${CMAKE_CURRENT_LIST_DIR}/side.cpp ${PROJECT_SOURCE_DIR}/tests/integration/kafka_backdoor.cpp)
target_include_directories(bench_h PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(bench_h PRIVATE gofuture_postgres gofuture_kafka gofuture_pipeline CURL::libcurl)
