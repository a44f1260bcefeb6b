#!/bin/bash
python fields.py templates/runbook.md runbooks/*.md
