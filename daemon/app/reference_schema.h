// The configuration file as JSON Schema, for editors that complete and check YAML while it is written.
#pragma once

#include <string>

namespace lastcall::app {

std::string json_schema();

}  // namespace lastcall::app
