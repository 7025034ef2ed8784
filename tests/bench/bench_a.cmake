# Bench A: not a test. `tests/bench/bench_a` builds it optimised and runs it against GOFUTURE_KAFKA.
set(GOFUTURE_FUNCTION_DIR ${CMAKE_BINARY_DIR}/bench_functions)
gofuture_add_function(pass_through SOURCES ${CMAKE_CURRENT_LIST_DIR}/pass_through/function.cpp)
set_target_properties(pass_through PROPERTIES EXCLUDE_FROM_ALL TRUE)
add_executable(bench_a EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_a.cpp ${CMAKE_CURRENT_LIST_DIR}/child.cpp ${CMAKE_CURRENT_LIST_DIR}/output_log.cpp
                       ${CMAKE_CURRENT_LIST_DIR}/preload.cpp ${CMAKE_CURRENT_LIST_DIR}/side.cpp ${PROJECT_SOURCE_DIR}/tests/integration/kafka_backdoor.cpp)
target_include_directories(bench_a PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(bench_a PRIVATE gofuture_kafka gofuture_pipeline Boost::json)
add_executable(bench_a_bare EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_a_bare.cpp)
target_link_libraries(bench_a_bare PRIVATE PkgConfig::rdkafka simdjson::simdjson)
