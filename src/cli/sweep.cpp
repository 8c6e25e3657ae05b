#include "cli/app.hpp"
#include "cli/machine_options.hpp"
#include "cli/model_options.hpp"
#include "cli/report_option.hpp"
#include "cli/signals.hpp"
#include "cli/sweep_progress.hpp"
#include "cli/sweep_report.hpp"
#include "cli/sweep_rows.hpp"
#include "report/document/sweep_document.hpp"
#include "sim/run.hpp"
#include "support/error.hpp"
#include "sweep/run_sweep.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <thread>

namespace fusesim::cli {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Options {
  std::vector<std::string> files;
  unsigned jobs = 0; ///< 0: all cores; in a cluster one per rank
  std::string shard, page;
  bool dry_run = false, resume = false, overwrite = false, retry_failed = false, merge = false;
  unsigned lost_after = 30;
  OutputOptions output;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

sweep::Shard shard_of(const std::string &text) {
  if (text.empty())
    return {};
  sweep::Shard shard;
  const char *end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool slash = index.ec == std::errc{} && index.ptr != end && *index.ptr == '/';
  const auto count = slash ? std::from_chars(index.ptr + 1, end, shard.count) : index;
  if (!slash || count.ec != std::errc{} || count.ptr != end || shard.index < 1 ||
      shard.index > shard.count)
    throw Error("--shard", fmt::format("'{}' is no share", text),
                "1/4, 2/4, 3/4 and 4/4 are the four quarters of a sweep");
  return shard;
}

/// Where results go. -o names the results file; when it ends in .csv or .json it names the rows'
/// file, and the results file lies beside it.
struct Places {
  fs::path results;
  OutputOptions rows; ///< format table: no rows are wanted
};

Places places_of(const Options &options) {
  Places places{options.output.file, options.output};
  places.rows.file.clear();
  if (places.results.extension() == ".csv" || places.results.extension() == ".json") {
    places.rows.file = options.output.file;
    if (options.output.format == Format::table)
      places.rows.format = places.results.extension() == ".csv" ? Format::csv : Format::json;
    places.results.replace_extension(".db");
  }
  if (!places.results.empty())
    return places;
  if (options.merge)
    throw Error("--merge", "has no place for the result", "give -o FILE");
  const auto shard = shard_of(options.shard);
  places.results = fs::path(options.files.front()).stem();
  if (shard.count > 1)
    places.results += fmt::format(".shard-{}-of-{}", shard.index, shard.count);
  places.results += ".db";
  return places;
}

ir::Graph load(const sweep::ModelRequest &request) {
  ModelOptions options;
  options.inputs = request.inputs;
  options.batch = request.batch;
  options.image_size = request.image_size;
  options.sequence_length = request.sequence_length;
  return load_model(request.name, options).graph;
}

/// The sweep as far as it goes in one process.
struct Job {
  explicit Job(const std::string &file) : space(sweep::read_spec(file)), simulator(space, load) {}
  sweep::Space space;
  sweep::Simulator simulator;
  std::unique_ptr<sweep::WorkerProcesses> workers;
};

unsigned jobs_of(const Options &options) {
  if (options.jobs > 0)
    return options.jobs;
  return sweep::started_in_cluster() ? 1 : std::max(1U, std::thread::hardware_concurrency());
}

// ---- --dry-run

/// Mean time of one simulation here, from as many, spread over the sweep, as a second holds.
double measured_seconds(Job &job) {
  constexpr double kBudget = 1;
  constexpr std::uint64_t kMost = 100;
  const auto count = std::min(kMost, job.space.size());
  const auto start = Clock::now();
  double seconds = 0;
  std::uint64_t done = 0;
  // Ends first: what a dry run that is cut short has seen is then still spread out.
  for (std::uint64_t i = 0; i < count && (done < 2 || seconds_since(start) < kBudget); ++i) {
    const auto position = i == 0 ? 0 : i == 1 ? count - 1 : (i * 37) % count;
    job.simulator.run(position * job.space.size() / count); // networks are built here …
    seconds += job.simulator.run(position * job.space.size() / count).seconds;
    ++done;
    throw_if_interrupted();
  }
  return seconds / static_cast<double>(done);
}

void dry_run(const Options &options, Job &job) {
  const auto shard = shard_of(options.shard);
  const auto size = job.space.size();
  const auto share = size / shard.count + (shard.index <= size % shard.count ? 1 : 0);
  const double each = measured_seconds(job);
  const double estimate = each * static_cast<double>(share) / jobs_of(options);
  if (options.output.format == Format::table) {
    std::string text =
        fmt::format("configurations  {}\nestimate        {} with {} worker{}, {} each\n", share,
                    duration_text(estimate), jobs_of(options), jobs_of(options) > 1 ? "s" : "",
                    report::human(each * 1e6, report::Unit::microseconds));
    write_stdout(text);
    return;
  }
  report::Table table({{"sweep", ""},
                       {"configurations", ""},
                       {"shard", ""},
                       {"jobs", ""},
                       {"seconds_per_simulation", ""},
                       {"estimate_seconds", ""}});
  table.add_row({job.space.spec().file.stem().string(), share,
                 fmt::format("{}/{}", shard.index, shard.count), std::uint64_t{jobs_of(options)},
                 each, estimate});
  write_stdout(options.output.format == Format::csv
                   ? report::to_csv(table)
                   : report::to_text(report::to_json_object(table)));
}

// ---- the sweep

/// As a shell takes it.
std::string quoted(const std::string &word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-./+:,@%=").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain && !word.empty())
    return word;
  std::string text = "'";
  for (const char c : word)
    text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string resume_command(const Options &options, const Places &places) {
  const auto &output = options.output.file.empty() ? places.results.string() : options.output.file;
  return fmt::format("fusesim sweep {} -o {}{} --resume", quoted(options.files.front()),
                     quoted(output), options.shard.empty() ? "" : " --shard " + options.shard);
}

void say_how_to_resume(const Options &options, const Places &places,
                       const sweep::SweepStatus &status) {
  fmt::print(stderr, "fusesim: {} of {} configurations are in {}; continue with: {}\n", status.done,
             status.total, places.results.string(), resume_command(options, places));
  std::fflush(stderr);
}

std::string failed_text(std::uint64_t failed) {
  return failed > 0 ? fmt::format(", {} failed (see column error)", failed) : std::string();
}

std::string reading_text(const Places &places) {
  return fmt::format("results         {}\nread them       fusesim sweep report {}\n",
                     places.results.string(), quoted(places.results.string()));
}

std::string summary(const Places &places, const Job &job, const sweep::SweepStatus &status,
                    double seconds) {
  std::string text = fmt::format("configurations  {}{}", status.done, failed_text(status.failed));
  text += status.added == 0
              ? std::string("\nsimulated now   none; all were there")
              : fmt::format("\nsimulated now   {} in {}, {:.0f}/s", status.added,
                            duration_text(seconds), static_cast<double>(status.added) / seconds);
  if (status.best)
    text += fmt::format("\nbest latency    {}: {}",
                        report::human(status.best->latency_us, report::Unit::microseconds),
                        configuration_text(job.space, job.space.at(status.best->configuration)));
  return text + "\n" + reading_text(places);
}

void deliver_result(const Places &places, const Job &job, const sweep::SweepStatus &status,
                    double seconds) {
  if (status.failed > 0)
    warn(std::vector{fmt::format("{} of {} configurations failed; the column error says why",
                                 status.failed, status.done)});
  if (places.rows.format == Format::table)
    write_stdout(summary(places, job, status, seconds));
  else
    deliver_rows(sweep::ResultsReader(places.results), places.rows);
}

void write_page(const Options &options, const Places &places) {
  if (options.page.empty())
    return;
  const report::SweepReport report(sweep::read_study(sweep::ResultsReader(places.results)), {});
  write_report(options.page, report::sweep_document(report));
}

sweep::SweepStatus coordinate(const Options &options, const Places &places, Job &job,
                              sweep::Cluster *cluster) {
  sweep::SweepOptions run;
  run.results = places.results;
  run.open = options.overwrite ? sweep::ResultsFile::Open::replace
             : options.resume  ? sweep::ResultsFile::Open::resume
                               : sweep::ResultsFile::Open::create;
  run.retry_failed = options.retry_failed;
  run.shard = shard_of(options.shard);
  run.version = FUSESIM_VERSION;
  run.silence = std::chrono::seconds(options.lost_after);
  SweepProgress progress(job.space);
  const LastWords last_words(fmt::format("fusesim: what is committed is in {}; continue with: {}",
                                         places.results.string(), resume_command(options, places)));
  return sweep::run_sweep(job.space, *job.workers, run,
                          {is_interrupted,
                           [&](const sweep::SweepStatus &status) { progress.show(status); },
                           [&](const std::string &text) {
                             progress.clear();
                             warn(std::vector{text});
                           },
                           [&](const sweep::SweepStatus &status) {
                             if (cluster != nullptr)
                               say_how_to_resume(options, places, status);
                           }},
                          cluster);
}

// Processes are forked before MPI starts: what it holds open is no business of theirs.
std::unique_ptr<Job> prepare(const Options &options) {
  auto job = std::make_unique<Job>(options.files.front());
  shard_of(options.shard);
  job->simulator.prepare_ahead();
  job->workers = std::make_unique<sweep::WorkerProcesses>(
      jobs_of(options), [&job = *job](std::uint64_t number) { return job.simulator.run(number); });
  return job;
}

/// What another rank than 0 does. Its errors are rank 0's to tell.
void serve(sweep::Cluster &cluster, Job *job, const std::string &failure) {
  if (job != nullptr)
    sweep::serve_sweep(job->space, *job->workers, FUSESIM_VERSION, cluster);
  else
    sweep::decline_sweep(cluster, failure);
}

void run_sweep(const Options &options) {
  const DeferInterrupts defer;
  const auto places = places_of(options);
  check_report_file(options.page);
  const auto start = Clock::now();
  std::unique_ptr<Job> job;
  std::exception_ptr failure;
  std::string reason;
  try {
    job = prepare(options);
  } catch (const std::exception &error) {
    failure = std::current_exception();
    reason = error.what();
  }
  const auto cluster = sweep::started_in_cluster() ? sweep::join_cluster() : nullptr;
  if (cluster && cluster->rank() > 0)
    return serve(*cluster, job.get(), reason);
  if (failure) {
    if (cluster)
      sweep::dismiss_ranks(*cluster);
    std::rethrow_exception(failure);
  }
  const auto status = coordinate(options, places, *job, cluster.get());
  if (status.stopped) {
    if (!cluster)
      say_how_to_resume(options, places, status);
    if (cluster && status.ranks_lost)
      cluster->abandon(interrupted_exit_code());
    throw sim::Interrupted();
  }
  write_page(options, places);
  deliver_result(places, *job, status, seconds_since(start));
  if (cluster && status.ranks_lost)
    cluster->abandon(kDone);
}

void merge(const Options &options) {
  const auto places = places_of(options);
  const DeferInterrupts defer;
  const std::vector<fs::path> shards(options.files.begin(), options.files.end());
  const auto merged = sweep::merge_results(shards, places.results, options.overwrite);
  if (const auto missing = merged.configurations - merged.rows; missing > 0)
    warn(std::vector{
        fmt::format("{} configurations of the sweep are in none of the files", missing)});
  write_page(options, places);
  if (places.rows.format != Format::table)
    deliver_rows(sweep::ResultsReader(places.results), places.rows);
  else
    write_stdout(fmt::format("merged          {} file{}\nconfigurations  {} of {}{}\n{}",
                             shards.size(), shards.size() == 1 ? "" : "s", merged.rows,
                             merged.configurations, failed_text(merged.failed),
                             reading_text(places)));
}

void sweep_command(const Options &options) {
  if (options.dry_run && !options.page.empty())
    throw Error("--report", "a dry run has no results to show");
  if (options.merge)
    return merge(options);
  if (options.files.size() > 1)
    throw Error("sweep", "one file at a time", "several files are for --merge");
  if (!options.dry_run)
    return run_sweep(options);
  Job job(options.files.front());
  const DeferInterrupts defer;
  dry_run(options, job);
}

constexpr const char *kFooter =
    "The file says which models, targets and fields, and how they are crossed or drawn; see\n"
    "docs/sweeps.md and the examples in configs/sweeps. Results are an SQLite file with one row\n"
    "for each configuration, written as they come: after a kill or a crash, --resume goes on\n"
    "where it ended. -o FILE ending in .csv or .json writes the rows there too.\n\n"
    "Examples:\n"
    "  fusesim sweep configs/sweeps/launch-overhead.yaml --dry-run\n"
    "  fusesim sweep configs/sweeps/launch-overhead.yaml -o launch.db -j 2\n"
    "  fusesim sweep configs/sweeps/launch-overhead.yaml -o launch.db --resume\n"
    "  fusesim sweep report launch.db --report launch.html\n"
    "  mpirun -np 8 fusesim sweep big.yaml -o big.db\n"
    "  fusesim sweep big.yaml --shard 3/10 -o part3.db     on each of ten machines, then\n"
    "  fusesim sweep --merge part*.db -o big.db";

} // namespace

void add_sweep(CLI::App &app, Action &action) {
  auto *command =
      app.add_subcommand("sweep", "Simulate many configurations of models and machines");
  auto options = std::make_shared<Options>();
  auto *files =
      command->add_option("file", options->files, "the sweep; with --merge, files of results")
          ->type_name("SWEEP.yaml");
  auto *jobs =
      command
          ->add_option("-j,--jobs", options->jobs,
                       "worker processes (default: one per core; under mpirun one per rank)")
          ->type_name("N")
          ->check(CLI::Range(1U, 4096U).description(""));
  auto *dry_run =
      command->add_flag("--dry-run", options->dry_run,
                        "only say how many configurations there are and how long they may take");
  auto *resume = command
                     ->add_flag("--resume", options->resume,
                                "continue a file of results; start it when there is none")
                     ->excludes(dry_run);
  command
      ->add_flag("--retry-failed", options->retry_failed,
                 "with --resume: also simulate anew what failed")
      ->needs(resume);
  command->add_flag("--overwrite", options->overwrite, "replace a file of results")
      ->excludes(resume);
  auto *shard = command
                    ->add_option("--shard", options->shard,
                                 "only the i-th of n shares, for array jobs of batch systems")
                    ->type_name("i/n");
  command->add_flag("--merge", options->merge, "put the results of shards into one file")
      ->excludes(resume)
      ->excludes(shard)
      ->excludes(dry_run)
      ->excludes(jobs);
  command
      ->add_option("--lost-after", options->lost_after,
                   "under mpirun: a rank that is silent for so long is lost (default 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86400U).description(""));
  add_report_option(*command, options->page,
                    "what the results show, as fusesim sweep\nreport --report does");
  add_output_options(*command, options->output);
  command->footer(kFooter);
  command->require_subcommand(0, 1);
  auto *report = add_sweep_report(*command, action);
  command->final_callback([options, report, files, &action] {
    if (report->parsed())
      return;
    if (files->count() == 0)
      throw CLI::RequiredError(options->merge ? "at least one file of results to merge"
                                              : "SWEEP.yaml");
    action = [options] { sweep_command(*options); };
  });
}

} // namespace fusesim::cli
