"""The backend `http`: a document on a server that speaks GitLab's protocol for the states of Terraform.

One document holds state and journal, for the protocol has nothing else: GET reads it, POST replaces it. Each document
that is sent has a serial of its own, one higher than the last, because GitLab takes each serial once.
"""
