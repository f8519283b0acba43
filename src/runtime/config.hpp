#pragma once

// Settings and where their values come from: flag, then environment, then file, then default. A sub-command describes
// its settings once; the command line, the environment names, the file's keys and the help are derived from that.
//
// Used by one thread, at start. A wrong value is a `wrong_usage` that says which setting, where it came from, what it
// was, and what it may be.

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config_file.hpp"

namespace firstcome::runtime {

/// The program was asked for something that it cannot be asked for: exit code 2.
class wrong_usage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a setting's text may be and where its value goes (see config_kinds.hpp for the usual ones).
struct value_kind {
  std::function<bool(const std::string& text)> take;  // false: the text is none of what it may be
  std::string may_be;                                 // ends the sentence "it may be …"
  std::string default_text;                           // empty: there is no default worth showing
  std::string placeholder;                            // PORT in `--listen PORT`; empty: a switch without a value
  bool secret = false;                                // never shown; a warning when given as a flag
  bool repeatable = false;                            // the flag may stand there again: `take` gets all, a line each
};

struct setting {
  std::string name;         // listen: the flag is --listen, the file's key is listen
  std::string environment;  // FIRSTCOME_LISTEN
  std::string group;        // a heading of the help
  std::string description;
  value_kind kind;
  std::string origin = {};  // "the command line", "the environment, FIRSTCOME_LISTEN", …; empty: the default holds

  std::string flag() const { return "--" + name; }
};

/// The origin of a setting that was a flag.
inline constexpr std::string_view from_command_line = "the command line";

/// What stood on the command line: a setting's name and its text ("true" or "false" for a switch).
using given_flags = std::map<std::string, std::string, std::less<>>;
/// Answers nothing for a variable that is not set or is empty.
using environment_lookup = std::function<std::optional<std::string>(const std::string& name)>;

std::optional<std::string> process_environment(const std::string& name);

class config {
 public:
  /// `table` is the sub-command's part of the file: `[serve]`.
  explicit config(std::string table) : table_(std::move(table)) {}

  /// The settings added from here on stand under this heading of the help.
  void group(std::string heading) { group_ = std::move(heading); }
  /// `environment` is derived from the name unless given.
  void add(std::string name, std::string description, value_kind kind, std::string environment = {});

  /// Gives every setting its value. Throws `wrong_usage`, also for a key of the file that no setting has.
  void resolve(const given_flags& flags, const environment_lookup& environment, const config_file& file);

  const std::deque<setting>& settings() const { return settings_; }
  const std::string& table() const { return table_; }
  /// Where the setting's value came from; empty: the default holds.
  const std::string& origin_of(std::string_view name) const;
  /// Sentences for the operator, to be logged once the log runs.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void warn(std::string sentence) { warnings_.push_back(std::move(sentence)); }

 private:
  void refuse_unknown_keys(const config_file& file) const;
  void take(setting& s, const std::string& text, const std::string& origin);

  std::string table_;
  std::string group_;
  std::deque<setting> settings_;
  std::vector<std::string> warnings_;
};

}  // namespace firstcome::runtime
