// Tables of figures on record, docs/figures/NAME.tsv, and how what is measured is held against them. The pictures of
// docs/figures are drawn from the tables.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace handwave::sim {

/// A table. With HANDWAVE_SIM_FIGURES set it is written as it was measured, else what was measured has to be on record.
/// (Tests run in the project's root.)
class Figures {
 public:
  using Keys = std::vector<std::string>;

  /// Columns that say what a row is about, and those of its figures. `slack` is what a figure may differ by beside a
  /// tenth: one more or less where it counts a few.
  Figures(std::string name, Keys keys, Keys figures, double slack = 0);

  /// A row that was measured. Says what is not on record; nothing if all is.
  [[nodiscard]] std::string row(const Keys& keys, std::initializer_list<double> figures);
  /// After the last row: says which rows of the table were not measured; nothing if all were.
  [[nodiscard]] std::string finish();

 private:
  struct Row {
    Keys keys;
    std::vector<double> figures;
  };

  std::string name_;
  Keys columns_;
  Keys figure_names_;
  double slack_;
  std::map<Keys, std::vector<double>> on_record_;
  std::vector<Row> measured_;
};

/// The same quantity over time, one row a step: measured curves have to be within a tenth of their mean of those on
/// record, in the mean over time. Says which is not.
[[nodiscard]] std::string curves_on_record(const std::string& name, const std::vector<std::string>& columns,
                                           const std::vector<std::vector<double>>& rows);

}  // namespace handwave::sim
