// The one translation unit that holds the definitions of Asio and Beast (see cmake/compiler.cmake).

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
