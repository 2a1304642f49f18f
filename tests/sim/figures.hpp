// Tables of figures on record, and how what is measured is held against them.
#pragma once

#include <cmath>
#include <cstdlib>

namespace handwave::sim {

/// Asked for what was measured, in the form of the table.
inline bool figures_wanted() { return std::getenv("HANDWAVE_SIM_FIGURES") != nullptr; }

/// Within a tenth. The figures are exact for one build; a change that was not meant to change them may move a throw of
/// the dice.
inline bool is_on_record(double measured, double recorded) { return std::abs(measured - recorded) <= recorded / 10; }

}  // namespace handwave::sim
