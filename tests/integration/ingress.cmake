# Events from elsewhere: over HTTP and by gofuture_emit(), against a real Postgres (GOFUTURE_POSTGRES) and Kafka (GOFUTURE_KAFKA).
gofuture_test(integration_event_outbox LABEL integration TIMEOUT 300 SOURCES ${CMAKE_CURRENT_LIST_DIR}/event_outbox_test.cpp
              LIBRARIES integration_postgres_support gofuture_test_support gofuture_postgres gofuture_ingress)
gofuture_test(integration_emit LABEL integration TIMEOUT 300 SOURCES ${CMAKE_CURRENT_LIST_DIR}/emit_test.cpp
              LIBRARIES relay_test_support gofuture_kafka)
gofuture_test(integration_ingress LABEL integration TIMEOUT 300
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp ${CMAKE_CURRENT_LIST_DIR}/ingress_test.cpp
              LIBRARIES integration_postgres_support gofuture_kafka)
add_dependencies(integration_ingress gofuture plugin_waits)
