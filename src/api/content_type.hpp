#pragma once

// What a request calls its body: application/json in UTF-8 is the only kind that is read (RFC 8259 section 8.1: JSON on
// the wire is UTF-8, and a charset has no meaning there, so one that says something else is a mistake of the caller's).
// Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace firstcome::api {

/// Nothing when the body may be read: application/json without a charset, or with utf-8, in any case, quoted or not.
/// Other parameters are ignored. Otherwise what to send instead, for the `detail` of a 415.
std::optional<std::string> why_not_json(std::string_view content_type);

}  // namespace firstcome::api
