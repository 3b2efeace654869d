// Result<T>: a value or an Error, the only way a function of ours reports failure; no exception crosses our functions.
// Expected outcomes (end of file, would block) are values of their own, not errors. A broken invariant calls panic().
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace lastcall {

struct Error {
  int code = 0;         // errno value, or 0 where no system call failed
  std::string message;  // for people: what failed, with which object, and what to do where we know it
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  void value() const {}
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

// Evaluates to the value, or returns the error from the enclosing function.
#define TRY(expression)                                     \
  ({                                                        \
    auto&& try_result_ = (expression);                      \
    if (!try_result_.ok()) [[unlikely]]                     \
      return ::lastcall::Error(std::move(try_result_).error()); \
    std::move(try_result_).value();                         \
  })

// errno (or `code`) as an Error: "bind 0.0.0.0:80: Permission denied".
Error system_error(std::string what, int code);
Error system_error(std::string what);

// A broken invariant: says what and where on standard error and aborts.
[[noreturn]] void panic(const char* message, const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace lastcall
