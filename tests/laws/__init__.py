"""Laws: one test for every row of every table, parametrized over the tables themselves."""
