"""The solver owns the search for programmes: a first valid one, fewer clashes, the least repair after an incident.

It reads and answers in the form of the files under `deploy/programmes`, knows neither the web nor the database nor the
broker, and runs as a child process of its own (`python -m services.scheduling.solver`), so that OR-Tools is never
loaded into the service and a search that goes wrong takes nothing with it.

| file | what is in it |
|---|---|
| `model.py` | congress, room, time, session, speaker, incident |
| `form.py`, `reading.py`, `sense.py` | files: their form, what is in them, whether it makes sense together |
| `rules.py`, `grid.py` | the hard rules one by one, with their sentences; what they leave open to each session |
| `rooms.py` | which session gets which room at one time, exactly |
| `today.py` | whether a plan keeps the rules; what differs between two plans, and whom it touches |
| `timetable.py` | the only file that loads OR-Tools |
| `first_plan.py`, `fewer_clashes.py`, `repair.py`, `why_not.py` | the four questions |
"""
