# The journal of HTTP calls on a real Postgres (GOFUTURE_POSTGRES): by itself, and with the library of a ride function in front.
gofuture_test(integration_journal LABEL integration TIMEOUT 300 SOURCES ${CMAKE_CURRENT_LIST_DIR}/journal_test.cpp
              LIBRARIES integration_postgres_support gofuture_test_support gofuture_postgres gofuture_plugin)
target_compile_definitions(integration_journal PRIVATE GOFUTURE_FUNCTION_DIR="${GOFUTURE_FUNCTION_DIR}" GOFUTURE_TEST_PLUGIN_DIR="")
add_dependencies(integration_journal capture_payment refund_payment)
