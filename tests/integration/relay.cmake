# The outbox relay and the trace against a real Postgres (GOFUTURE_POSTGRES), and with a real Kafka behind them (GOFUTURE_KAFKA).
add_library(relay_test_support STATIC ${CMAKE_CURRENT_LIST_DIR}/relay_world.cpp ${CMAKE_CURRENT_LIST_DIR}/postgres_database.cpp
            ${CMAKE_CURRENT_LIST_DIR}/kafka_backdoor.cpp)
target_include_directories(relay_test_support PUBLIC ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(relay_test_support PUBLIC gofuture_test_support gofuture_postgres gofuture_kafka GTest::gtest)
foreach(part stream takeover loss dead trace kafka)
  gofuture_test(integration_relay_${part} LABEL integration TIMEOUT 300 SOURCES ${CMAKE_CURRENT_LIST_DIR}/relay_${part}_test.cpp
                LIBRARIES relay_test_support)
endforeach()
# Alone: they look at the whole server's write-ahead log and at every transaction that is open on it.
foreach(part days wal)
  gofuture_test(integration_relay_${part} LABEL integration TIMEOUT 300 RUN_SERIAL SOURCES ${CMAKE_CURRENT_LIST_DIR}/relay_${part}_test.cpp
                LIBRARIES relay_test_support)
endforeach()

# Figures, not a test: built when asked for.
add_executable(relay_measure EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/relay_measure.cpp)
target_link_libraries(relay_measure PRIVATE relay_test_support)

# On a server of its own, whose settings it changes.
add_executable(relay_visibility_test ${CMAKE_CURRENT_LIST_DIR}/relay_visibility_test.cpp)
target_link_libraries(relay_visibility_test PRIVATE relay_test_support GTest::gtest_main)
add_test(NAME integration_relay_visibility COMMAND ${CMAKE_CURRENT_LIST_DIR}/relay_visibility ${CMAKE_BINARY_DIR})
set_tests_properties(integration_relay_visibility PROPERTIES LABELS "integration" TIMEOUT 300)
