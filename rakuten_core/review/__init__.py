"""Answers that a person accepts or corrects: what is asked, who decides, what was decided."""
