# The program as a whole, on a stack of its own.
add_test(NAME integration_hanging_stop COMMAND ${CMAKE_CURRENT_LIST_DIR}/hanging_stop ${CMAKE_BINARY_DIR})
set_tests_properties(integration_hanging_stop PROPERTIES LABELS "integration" TIMEOUT 300)
