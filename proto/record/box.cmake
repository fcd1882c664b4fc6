# The record types and the forms are data: every proto/schema/*.json and proto/form/*.json becomes
# bytes in a generated C file, so that adding one is adding a file.
foreach(what schema form)
    file(GLOB texts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/${what}/*.json)
    if(NOT texts)
        message(FATAL_ERROR "nothing was found in proto/${what}")
    endif()
    set(out ${PROJECT_BINARY_DIR}/generated/embedded_${what}.c)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DWHAT=${what} -DDIR=${PROJECT_SOURCE_DIR}/proto/${what}
                -P ${PROJECT_SOURCE_DIR}/proto/record/embed.cmake
        DEPENDS ${texts} ${PROJECT_SOURCE_DIR}/proto/record/embed.cmake
        COMMENT "Embedding proto/${what}" VERBATIM)
    target_sources(${name} PRIVATE ${out})
endforeach()
