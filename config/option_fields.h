// How the option table sets, clears and prints a field of Settings, given the path to it: the C++ type decides how its text is read. Used by
// option_table.cc only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/option_values.h"
#include "config/settings.h"

namespace lastcall::config {

// A field by the path to it: field<&Settings::ready, &ReadySettings::http>(settings).
template <auto First, auto... Rest>
auto& field(auto& object) {
  if constexpr (sizeof...(Rest) == 0)
    return object.*First;
  else
    return field<Rest...>(object.*First);
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <auto... Path>
Status set_field(Settings& settings, std::string_view text) {
  auto& target = field<Path...>(settings);
  if constexpr (IsVector<std::remove_reference_t<decltype(target)>>::value) {
    typename std::remove_reference_t<decltype(target)>::value_type value;
    TRY(parse_into(text, value));
    target.push_back(std::move(value));
    return {};
  } else {
    return parse_into(text, target);
  }
}

template <auto... Path>
void clear_field(Settings& settings) {
  field<Path...>(settings).clear();
}

inline std::string text_of(const std::string& text) { return text; }
std::string text_of(const auto& value) { return to_text(value); }

template <auto... Path>
std::vector<std::string> print_field(const Settings& settings) {
  const auto& value = field<Path...>(settings);
  using T = std::remove_cvref_t<decltype(value)>;
  std::vector<std::string> texts;
  if constexpr (IsVector<T>::value) {
    for (const auto& element : value) texts.push_back(text_of(element));
  } else if constexpr (IsOptional<T>::value) {
    if (value) texts.push_back(text_of(*value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.empty()) texts.push_back(value);
  } else {
    texts.push_back(to_text(value));
  }
  return texts;
}

// set() with a stricter parser than the field's type has.
template <auto parse, auto... Path>
Status set_with(Settings& settings, std::string_view text) {
  return parse(text, field<Path...>(settings));
}

}  // namespace lastcall::config
