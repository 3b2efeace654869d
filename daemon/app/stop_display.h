// What people see of a stop: the progress line while it runs and the report at the end, drawn by the people's plane from the service's
// record. Owns the one timer that redraws it; none of it exists before T0. Supervisor process only.
#pragma once

#include "config/settings.h"
#include "control/progress.h"
#include "io/callback_timer.h"
#include "supervisor/service.h"

namespace lastcall::app {

// Standard error as people meet it; looked at once, at start.
struct Screen {
  bool color = false;  // a terminal, and no NO_COLOR
  bool live = false;   // a line may be rewritten in place
  static Screen look(const config::Settings& settings);
};

// The log of this process, from the settings: never blocks, and goes above the live line where there is one. `fd` is borrowed for good.
void start_log(const config::Settings& settings, const Screen& screen, int fd = 2);

// Of the command's lines, where they go through us: colors where there is a terminal, and none of them into the live line.
supervisor::OutputOptions output_options(const config::Settings& settings, const Screen& screen);

class StopDisplay final {
 public:
  StopDisplay(io::Loop& loop, const config::Settings& settings, const Screen& screen);
  void watch(supervisor::Service& service) { service_ = &service; }  // right after its construction, which needs us
  void on_record_changed();
  void on_window_resized();
  void on_suspending();  // the shell gets its terminal back as it was
  void on_resumed();
  void report();                                                     // after the end

 private:
  void draw();
  bool at_work_elsewhere() const;

  io::Loop& loop_;
  const config::Settings& settings_;
  Screen screen_;
  control::Progress progress_;
  supervisor::Service* service_ = nullptr;
  io::CallbackTimer redraw_;
};

}  // namespace lastcall::app
