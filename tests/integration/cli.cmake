# The commands that need servers, against those of the tests (GOFUTURE_KAFKA, GOFUTURE_POSTGRES).
gofuture_test(integration_cli LABEL integration TIMEOUT 300
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp ${CMAKE_CURRENT_LIST_DIR}/cli_test.cpp
              LIBRARIES integration_postgres_support gofuture_kafka gofuture_stream)
add_dependencies(integration_cli gofuture plugin_waits)
