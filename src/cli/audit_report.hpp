#pragma once

// What both shapes' audits have in common when they tell what they found.

#include <boost/json/array.hpp>

#include <string>
#include <vector>

namespace firstcome::cli {

inline constexpr int exit_agree = 0;
inline constexpr int exit_differ = 1;

inline boost::json::array list_of(const std::vector<std::string>& sentences) {
  return boost::json::array(sentences.begin(), sentences.end());
}

}  // namespace firstcome::cli
