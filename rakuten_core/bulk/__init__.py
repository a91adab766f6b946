"""Whole files of products in, answers out: on this machine, on a cluster, or as a job."""
