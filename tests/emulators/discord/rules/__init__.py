"""What Discord allows, as pure rules: no sockets, no clock, time is an argument. The shells around them obey.

`windows` counts, `limits` holds every number, `refusals` the error codes; the other modules each know one subject.
"""
