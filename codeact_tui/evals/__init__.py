"""Evaluation: suites of tasks, run with models in the action modes of the CodeAct paper, and what the runs say."""
