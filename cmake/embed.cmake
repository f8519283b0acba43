# Writes the text file INPUT as a C++ string constant into OUTPUT, in pieces that every compiler accepts.
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
  "#include \"api/openapi.hpp\"\nnamespace firstcome::api {\nconst std::string_view openapi_document =\n${pieces};\n}\n")
