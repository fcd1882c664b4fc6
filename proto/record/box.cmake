# The record types are data: every proto/schema/*.json becomes bytes in a generated C file, so
# that adding a type is adding a file.
file(GLOB schemas CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/schema/*.json)
if(NOT schemas)
    message(FATAL_ERROR "no schema was found in proto/schema")
endif()
set(schema_c ${PROJECT_BINARY_DIR}/generated/schema_embedded.c)
add_custom_command(OUTPUT ${schema_c}
    COMMAND ${CMAKE_COMMAND} -DOUT=${schema_c} -DDIR=${PROJECT_SOURCE_DIR}/proto/schema
            -P ${PROJECT_SOURCE_DIR}/proto/record/embed.cmake
    DEPENDS ${schemas} ${PROJECT_SOURCE_DIR}/proto/record/embed.cmake
    COMMENT "Embedding the record types" VERBATIM)
target_sources(${name} PRIVATE ${schema_c})
