// The documents that are derived from the option table: reference page, man page, JSON Schema, shell completions. `lastcall docs KIND`
// prints them; the copies in docs/ and packaging/ are compared with it by the test docs.generated.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lastcall::app {

std::vector<std::string_view> document_kinds();
Result<std::string> reference_document(std::string_view kind);

}  // namespace lastcall::app
