# Functions in `kafka` mode against a real broker (GOFUTURE_KAFKA).
foreach(function count_ticks echo_ticks)
  add_library(stream_${function} MODULE ${CMAKE_CURRENT_LIST_DIR}/functions/${function}.cpp)
  target_link_libraries(stream_${function} PRIVATE gofuture_sdk)
  gofuture_function_flags(stream_${function})
endforeach()
file(GLOB stream_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/stream_*_test.cpp)
gofuture_test(integration_stream LABEL integration TIMEOUT 600 SOURCES ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp ${stream_tests}
              LIBRARIES gofuture_stream gofuture_plugin)
target_compile_definitions(integration_stream PRIVATE COUNT_TICKS="$<TARGET_FILE:stream_count_ticks>" ECHO_TICKS="$<TARGET_FILE:stream_echo_ticks>")
add_dependencies(integration_stream gofuture stream_count_ticks stream_echo_ticks)
