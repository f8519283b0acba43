# embed_text(TARGET file.txt NAMESPACE a::b NAME x HEADER a/x.hpp): the text travels inside the library as
# `const std::string_view a::b::x`; the header, or who uses it, declares that.
#
# Run as a script (cmake -P) it writes INPUT as such a constant into OUTPUT, in pieces that every compiler accepts.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} text)
  string(LENGTH "${text}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND pieces "R\"__text__(${piece})__text__\"\n")
    math(EXPR at "${at} + 8000")
  endwhile()
  file(WRITE ${OUTPUT}
    "#include \"${HEADER}\"\nnamespace ${NAMESPACE} {\nextern const std::string_view ${NAME};\n"
    "const std::string_view ${NAME} =\n${pieces};\n}\n")
  return()
endif()

set(embed_script ${CMAKE_CURRENT_LIST_FILE})
function(embed_text target input)
  cmake_parse_arguments(PARSE_ARGV 2 to "" "NAMESPACE;NAME;HEADER" "")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${to_NAME}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DNAMESPACE=${to_NAMESPACE} -DNAME=${to_NAME}
            -DHEADER=${to_HEADER} -P ${embed_script}
    DEPENDS ${input} ${embed_script})
  target_sources(${target} PRIVATE ${output})
endfunction()
