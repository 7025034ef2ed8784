# The program as a whole, against the broker of the tests (GOFUTURE_KAFKA).
gofuture_test(integration_process LABEL integration TIMEOUT 300
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp ${CMAKE_CURRENT_LIST_DIR}/process_test.cpp LIBRARIES gofuture_kafka)
add_dependencies(integration_process gofuture plugin_waits)
gofuture_test(integration_strikes LABEL integration TIMEOUT 300
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp ${CMAKE_CURRENT_LIST_DIR}/strikes_test.cpp
              LIBRARIES integration_postgres_support gofuture_kafka)
add_dependencies(integration_strikes gofuture plugin_poison)
