"""The commands, brought together; each stands in a file of its own.

Nothing heavy is imported before a command runs: ``metaan --help`` answers at once.
"""

from __future__ import annotations

import click

from metaan.cli.check_command import check
from metaan.cli.figure_commands import coverage, figure, list_figures, trace_study
from metaan.cli.network_command import network
from metaan.cli.new_command import new
from metaan.cli.pool_command import pool
from metaan.cli.program import DEBUG, EPILOG, Program
from metaan.cli.report_command import report
from metaan.core.version import VERSION

HELP = """Meta-analysis from reported numbers to forest plots, with the trail of each.

\b
  a table of yours  pool, network, check
  a whole review    new, report, list, figure, trace, coverage
"""
NAMES = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Program, context_settings=NAMES, help=HELP, epilog=EPILOG)
@click.option(DEBUG, is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.version_option(VERSION, prog_name="metaan")
def main() -> None:
    """Run the command line."""


for each in (pool, network, check, new, report, list_figures, figure, trace_study, coverage):
    main.add_command(each)

if __name__ == "__main__":
    main()
