# One static library per folder, so that a leak downwards is a link error (docs/design.md, section 2).
#
#   lastcall_layer(NAME [COLD] LAYERS lower-layer... PRIVATE third-party...)
#
# COLD: no request passes through it, so a release builds it for size; the whole is one file of at most 5 MiB.

add_library(lastcall_options INTERFACE)
target_include_directories(lastcall_options INTERFACE ${CMAKE_SOURCE_DIR}/daemon ${CMAKE_SOURCE_DIR})
target_compile_options(lastcall_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor>)
target_compile_definitions(lastcall_options INTERFACE LASTCALL_VERSION="${PROJECT_VERSION}")

function(lastcall_layer name)
  cmake_parse_arguments(ARG "COLD" "" "LAYERS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cc)
  add_library(lastcall_${name} STATIC ${sources})
  target_compile_options(lastcall_${name} PRIVATE $<$<CONFIG:Release>:-ffunction-sections>)  # for --gc-sections
  if(ARG_COLD)
    target_compile_options(lastcall_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  list(TRANSFORM ARG_LAYERS PREPEND lastcall_)
  target_link_libraries(lastcall_${name} PUBLIC lastcall_options ${ARG_LAYERS} PRIVATE ${ARG_PRIVATE})
endfunction()
