#!/usr/bin/env python3
"""Calls an API with a fresh token, and waits while a person must reconnect: nightly.py CONNECTION URL"""
import subprocess, sys, urllib.request

connection, url = sys.argv[1:]
ready = subprocess.run(["patchbay", "preflight", connection])
if ready.returncode == 20:
    ready = subprocess.run(["patchbay", "wait", connection, "--timeout", "8h"])
if ready.returncode != 0:
    sys.exit(ready.returncode)
token = subprocess.run(["patchbay", "token", connection], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})) as answer:
    print(answer.read().decode())
