#pragma once

#include <string_view>

namespace firstcome::api {

/// The text of src/api/openapi.json, carried inside the binary and served at /openapi.json.
extern const std::string_view openapi_document;

}  // namespace firstcome::api
