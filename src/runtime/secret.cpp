#include "runtime/secret.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace firstcome::runtime {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_size_min = 32;  // characters
constexpr std::size_t token_file_size_max = 4096;

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), what + " " + file.string());
}

/// Kubernetes' fsGroup gives a volume to a group that the process is made a member of, and opens its files to it.
bool is_own_group(gid_t group) {
  if (group == getegid()) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  return count > 0 && std::find(groups.begin(), groups.begin() + count, group) != groups.begin() + count;
}

void refuse_if_others_may_read(int fd, const std::filesystem::path& file) {
  struct stat status {};
  if (fstat(fd, &status) != 0) fail("cannot look at the token file", file);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("the token file " + file.string() + " is not a regular file");
  const bool groups_may = (status.st_mode & S_IRWXG) != 0 && !is_own_group(status.st_gid);
  if (groups_may || (status.st_mode & S_IRWXO) != 0)
    throw std::runtime_error("the token file " + file.string() +
                             " is open to others: make a new token, or run chmod 600 " + file.string() +
                             " if nobody has read it; a mounted secret needs mode 0400, or 0440 with a group of this "
                             "process (Kubernetes: defaultMode and fsGroup), or give it as FIRSTCOME_ADMIN_TOKEN");
}

std::string random_token() {
  std::array<unsigned char, token_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system gives no random bytes for the admin token");
  constexpr char digits[] = "0123456789abcdef";
  std::string token;
  for (unsigned char b : bytes) {
    token += digits[b >> 4];
    token += digits[b & 15];
  }
  return token;
}

/// Written beside its place and moved there, so that a crash leaves either no token file or a whole one.
void store_token(const std::filesystem::path& file, const std::string& token) {
  const std::filesystem::path draft = file.string() + ".new";
  descriptor out(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  const std::string line = token + "\n";
  if (out.get() < 0 || fchmod(out.get(), S_IRUSR | S_IWUSR) != 0 ||
      write(out.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) || fsync(out.get()) != 0)
    fail("cannot write the token file", draft);
  if (rename(draft.c_str(), file.c_str()) != 0) fail("cannot write the token file", file);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  descriptor parent(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || fsync(parent.get()) != 0) fail("cannot write to the folder", folder);
}

}  // namespace

secret& secret::operator=(const secret& other) {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  return *this;
}

secret& secret::operator=(secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  return *this;
}

void secret::wipe() noexcept {
  if (!text_.empty()) OPENSSL_cleanse(text_.data(), text_.size());
}

void wipe_arguments(int argc, char** argv, const std::vector<std::string>& secret_flags) {
  auto is_secret = [&](std::string_view flag) {
    return std::find(secret_flags.begin(), secret_flags.end(), flag) != secret_flags.end();
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto equals = argument.find('=');
    if (equals != std::string_view::npos && is_secret(argument.substr(0, equals))) {
      OPENSSL_cleanse(argv[i] + equals + 1, argument.size() - equals - 1);
    } else if (is_secret(argument) && i + 1 < argc) {
      ++i;
      OPENSSL_cleanse(argv[i], std::strlen(argv[i]));
    }
  }
}

secret read_token(const std::filesystem::path& file) {
  descriptor in(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) fail("cannot read the token file", file);
  refuse_if_others_may_read(in.get(), file);
  std::array<char, token_file_size_max> bytes{};
  const ssize_t count = read(in.get(), bytes.data(), bytes.size());
  if (count < 0) fail("cannot read the token file", file);
  std::string_view text(bytes.data(), static_cast<std::size_t>(count));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  secret token(text);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  const std::string_view held = token.reveal();
  if (held.empty() || !std::all_of(held.begin(), held.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
    throw std::runtime_error("the token file " + file.string() +
                             " holds no token: one line of visible ASCII characters");
  return token;
}

secret read_or_make_token(const std::filesystem::path& file) {
  if (!std::filesystem::exists(std::filesystem::symlink_status(file))) store_token(file, random_token());
  secret token = read_token(file);
  if (token.size() < token_size_min)
    throw std::runtime_error("the token in " + file.string() +
                             " is too short and could be guessed: it may have 32 characters or more; without the file, "
                             "a new one is made");
  return token;
}

}  // namespace firstcome::runtime
