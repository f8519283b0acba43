#pragma once

// Collects what the judge finds, a few examples for each promise. Not thread safe.

#include <map>
#include <string>
#include <vector>

#include "auditor/auditor.hpp"

namespace firstcome::auditor {

class findings {
 public:
  explicit findings(std::size_t examples_max) : examples_max_(examples_max) {}

  void add(int promise, std::string what) {
    if (++count_[promise] <= examples_max_) found_.push_back({promise, std::move(what)});
  }

  std::vector<broken_promise> take() {
    for (const auto& [promise, count] : count_)
      if (count > examples_max_) found_.push_back({promise, "and " + std::to_string(count - examples_max_) + " more"});
    return std::move(found_);
  }

 private:
  std::size_t examples_max_;
  std::map<int, std::size_t> count_;
  std::vector<broken_promise> found_;
};

}  // namespace firstcome::auditor
