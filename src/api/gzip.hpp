#pragma once

#include <string>
#include <string_view>

namespace firstcome::api {

/// The text as gzip (RFC 1952), as small as zlib makes it; the same text gives the same bytes. For what is made once
/// and sent often. Throws std::bad_alloc.
std::string to_gzip(std::string_view text);

}  // namespace firstcome::api
