"""Scheduling owns conferences (days, city, life and disposition), their series with what the board has awarded, and
disruptions: the decision to cancel and its board.

It tells the others that a year is awarded, that a conference is announced or said in other words, that registration is
open, and that a conference is cancelled.
It listens to registration, payments and notifications for what is at stake before, and for what came back after.
"""
