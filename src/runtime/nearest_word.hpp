#pragma once

// Which of the known words somebody meant who typed another one. Pure.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace firstcome::runtime {

/// The known word that is nearest to `typed`: a letter too many, too few, wrong, or two that changed places count one
/// each, and a long word may be begun only. Nothing when none is near enough to be meant. Of two alike, the first.
std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> known);

/// The number of such mistakes between the two (optimal string alignment).
std::size_t mistakes_between(std::string_view a, std::string_view b);

}  // namespace firstcome::runtime
