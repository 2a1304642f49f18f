#include "tests/sim/figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace handwave::sim {
namespace {

using Cells = std::vector<std::string>;

bool writing() { return std::getenv("HANDWAVE_SIM_FIGURES") != nullptr; }

std::string path_of(const std::string& name) { return "docs/figures/" + name + ".tsv"; }

std::string joined(const Cells& cells, char between) {
  std::string text;
  for (const std::string& cell : cells) text += (text.empty() ? "" : std::string(1, between)) + cell;
  return text;
}

Cells split(const std::string& line) {
  Cells cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
  return cells;
}

/// Four digits of it.
std::string to_text(double figure) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", figure);
  return text;
}

/// The rows of a table on record, which has these columns; none if it is to be written.
std::vector<Cells> read_table(const std::string& name, const Cells& columns) {
  if (writing()) return {};
  std::ifstream file(path_of(name));
  std::string line;
  if (!std::getline(file, line))
    throw std::runtime_error("cannot read " + path_of(name) + ": run the tests in the project's root");
  if (split(line) != columns)
    throw std::runtime_error(path_of(name) + " has other columns: write it anew with HANDWAVE_SIM_FIGURES=1");
  std::vector<Cells> rows;
  while (std::getline(file, line)) rows.push_back(split(line));
  return rows;
}

void write_table(const std::string& name, const Cells& columns, const std::vector<Cells>& rows) {
  std::ofstream file(path_of(name));
  file << joined(columns, '\t') << '\n';
  for (const Cells& row : rows) file << joined(row, '\t') << '\n';
  if (!file.flush())
    throw std::runtime_error("cannot write " + path_of(name) + ": run the tests in the project's root");
}

double number(const std::string& cell) { return std::strtod(cell.c_str(), nullptr); }

}  // namespace

Figures::Figures(std::string name, Keys keys, Keys figures, double slack)
    : name_(std::move(name)), columns_(std::move(keys)), figure_names_(std::move(figures)), slack_(slack) {
  const std::size_t key_count = columns_.size();
  columns_.insert(columns_.end(), figure_names_.begin(), figure_names_.end());
  for (Cells& cells : read_table(name_, columns_)) {
    cells.resize(columns_.size());
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(key_count);
    std::vector<double>& row = on_record_[Keys(cells.begin(), first)];
    std::transform(first, cells.end(), std::back_inserter(row), number);
  }
}

std::string Figures::row(const Keys& keys, std::initializer_list<double> figures) {
  measured_.push_back({keys, figures});
  if (writing()) return {};
  const auto recorded = on_record_.find(keys);
  if (recorded == on_record_.end()) return path_of(name_) + " has no row " + joined(keys, ' ');
  std::string differences;
  for (std::size_t i = 0; i < figure_names_.size(); ++i) {
    const double measured = measured_.back().figures.at(i);
    const double on_record = recorded->second.at(i);
    // The figures are exact for one build; a change that was not meant to change them may move a throw of the dice.
    if (std::abs(measured - on_record) <= on_record / 10 + slack_) continue;
    differences += joined(keys, ' ') + ": " + figure_names_[i] + " is " + to_text(measured) + ", on record is " +
                   to_text(on_record) + ". ";
  }
  return differences;
}

std::string Figures::finish() {
  if (!writing())
    return measured_.size() == on_record_.size() ? "" : path_of(name_) + " has rows that nobody measures any more";
  std::vector<Cells> rows;
  for (const Row& row : measured_) {
    Cells& cells = rows.emplace_back(row.keys);
    std::transform(row.figures.begin(), row.figures.end(), std::back_inserter(cells), to_text);
  }
  write_table(name_, columns_, rows);
  return {};
}

std::string curves_on_record(const std::string& name, const std::vector<std::string>& columns,
                             const std::vector<std::vector<double>>& rows) {
  if (writing()) {
    std::vector<Cells> cells;
    for (const auto& row : rows)
      std::transform(row.begin(), row.end(), std::back_inserter(cells.emplace_back()), to_text);
    write_table(name, columns, cells);
    return {};
  }
  const std::vector<Cells> recorded = read_table(name, columns);
  if (recorded.size() != rows.size()) return path_of(name) + " has not as many rows as were measured";
  for (std::size_t column = 0; column < columns.size(); ++column) {
    double distance = 0;
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double on_record = number(recorded[i].at(column));
      distance += std::abs(rows[i][column] - on_record);
      sum += on_record;
    }
    if (distance > sum / 10) return path_of(name) + ": the curve " + columns[column] + " is another";
  }
  return {};
}

}  // namespace handwave::sim
