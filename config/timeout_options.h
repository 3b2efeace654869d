// The rows of the option table that say how long somebody is waited for. For option_table.cc alone.
#pragma once

#include <vector>

#include "config/option_table.h"

namespace lastcall::config {

void append_timeout_options(std::vector<Option>& table);

}  // namespace lastcall::config
