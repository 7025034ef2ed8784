# runtime/kafka against a real broker (GOFUTURE_KAFKA). What freezes the broker runs alone.
set(kafka_world ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp)
file(GLOB kafka_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/kafka_*_test.cpp)
list(REMOVE_ITEM kafka_tests ${CMAKE_CURRENT_LIST_DIR}/kafka_outage_test.cpp)
gofuture_test(integration_kafka LABEL integration TIMEOUT 600 SOURCES ${kafka_world} ${kafka_tests} LIBRARIES gofuture_kafka)
gofuture_test(integration_kafka_outage LABEL integration TIMEOUT 300 RUN_SERIAL
              SOURCES ${kafka_world} ${CMAKE_CURRENT_LIST_DIR}/kafka_outage_test.cpp LIBRARIES gofuture_kafka)
