"""The room that recognises what was dropped in: rules, papers, names, dates."""
