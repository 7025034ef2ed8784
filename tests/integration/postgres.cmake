# runtime/postgres against a real Postgres (GOFUTURE_POSTGRES). Each program makes a database of its own there and drops it.
add_library(integration_postgres_support STATIC ${CMAKE_CURRENT_LIST_DIR}/postgres_database.cpp ${CMAKE_CURRENT_LIST_DIR}/postgres_proxy.cpp
                                                ${CMAKE_CURRENT_LIST_DIR}/postgres_rows.cpp)
target_link_libraries(integration_postgres_support PUBLIC gofuture_test_support gofuture_postgres GTest::gtest)
foreach(part connection store_contract store_failures inside migrations deployments tables overlap strikes claims plans function_status)
  gofuture_test(integration_postgres_${part} LABEL integration TIMEOUT 300
                SOURCES ${CMAKE_CURRENT_LIST_DIR}/postgres_${part}_test.cpp
                LIBRARIES integration_postgres_support gofuture_test_support gofuture_postgres)
endforeach()
