// The JSON object in a request's body, read strictly: a member of the wrong type, out of its range, or with an unknown name is an error that
// says which and what is wanted. Error.code is the HTTP status. nlohmann/json stays in the .cc. Supervisor process only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace lastcall::control {

class JsonBody {
 public:
  // An empty text is an empty object. `known`: every name that may stand there.
  static Result<JsonBody> parse(const std::string& text, std::initializer_list<std::string_view> known);
  JsonBody(JsonBody&&) noexcept;
  ~JsonBody();

  // Nothing: the member is absent or null.
  Result<std::optional<std::string>> text(const char* name, std::size_t longest) const;  // printable: no controls
  Result<std::optional<std::int64_t>> number(const char* name, std::int64_t least, std::int64_t most) const;
  Result<std::optional<bool>> boolean(const char* name) const;
  Result<std::optional<Duration>> duration(const char* name) const;  // "60s", or a number of seconds

 private:
  struct Value;
  explicit JsonBody(std::unique_ptr<Value> value);
  std::unique_ptr<Value> value_;
};

// The same judgement for a text from elsewhere, such as a path's segment: 1 to `longest` bytes of UTF-8 without controls.
Status check_text(std::string_view name, std::string_view text, std::size_t longest);

}  // namespace lastcall::control
