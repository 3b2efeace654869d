// The id that the linker computed over the whole binary and wrote into it as a note: no file is read to learn it, and an
// incremental build can't leave an old one behind, as a compiled-in date would.
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>

#include "proto/channel_message.h"

// Placed by the linker at the ELF header of this very binary, static or not. An array without bounds: the whole image follows.
extern "C" const char __ehdr_start[] __attribute__((visibility("hidden")));  // NOLINT

namespace lastcall::proto {
namespace {

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// The description of the GNU build-id among the notes of one segment (elf(5)); empty if it is not there.
std::string_view find_in_notes(std::string_view notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    const std::size_t name_at = sizeof note;
    const std::size_t text_at = name_at + aligned(note.n_namesz);
    const std::size_t end = text_at + aligned(note.n_descsz);
    if (end > notes.size()) return {};
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(name_at, 3) == "GNU") return notes.substr(text_at, note.n_descsz);
    notes.remove_prefix(end);
  }
  return {};
}

std::string_view find_note() {
  const char* image = __ehdr_start;
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(image);
  const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(image + header->e_phoff);
  ElfW(Addr) base = 0;  // the address that the linker gave to the first byte of the file; not 0 where the binary is not PIE
  for (int i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0) base = segments[i].p_vaddr;
  }
  for (int i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type != PT_NOTE) continue;
    if (const auto id = find_in_notes({image + (segments[i].p_vaddr - base), segments[i].p_memsz}); !id.empty()) return id;
  }
  return {};
}

std::string make_build_id() {
  std::string id = LASTCALL_VERSION "-";
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : find_note()) {
    const auto byte = static_cast<unsigned char>(c);
    id.push_back(kDigits[byte >> 4]);
    id.push_back(kDigits[byte & 15]);
  }
  id.resize(std::min(id.size(), sizeof(message::Hello::build) - 1));
  return id;
}

}  // namespace

std::string_view build_id() {
  static const std::string kId = make_build_id();
  return kId;
}

}  // namespace lastcall::proto
