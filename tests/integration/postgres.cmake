# runtime/postgres against a real Postgres (GOFUTURE_POSTGRES). Each program makes a database of its own there and drops it.
set(postgres_support ${CMAKE_CURRENT_LIST_DIR}/postgres_database.cpp ${CMAKE_CURRENT_LIST_DIR}/postgres_proxy.cpp
    ${CMAKE_CURRENT_LIST_DIR}/postgres_rows.cpp)
foreach(part store_contract store_failures inside migrations deployments tables overlap)
  set(source ${CMAKE_CURRENT_LIST_DIR}/postgres_${part}_test.cpp)
  if(EXISTS ${source})
    gofuture_test(integration_postgres_${part} LABEL integration TIMEOUT 300 SOURCES ${source} ${postgres_support}
                  LIBRARIES gofuture_test_support gofuture_postgres)
  endif()
endforeach()
