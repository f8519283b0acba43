#pragma once

#include <string>
#include <string_view>

namespace firstcome::api {

/// The text of src/api/openapi.json, carried inside the binary and served at /openapi.json.
extern const std::string_view openapi_document;

struct openapi_settings {
  bool users_prove_themselves = false;  // user-auth jwt: userId may be left out
  bool ids_as_text = false;
};

/// The document as it is true for a node with these settings. Throws nothing: the text is our own.
std::string openapi_for(const openapi_settings& settings);

}  // namespace firstcome::api
