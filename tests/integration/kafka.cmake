# runtime/kafka against a real broker (GOFUTURE_KAFKA).
file(GLOB kafka_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/kafka_*.cpp)
gofuture_test(integration_kafka LABEL integration TIMEOUT 600 SOURCES ${kafka_sources} LIBRARIES gofuture_kafka)
