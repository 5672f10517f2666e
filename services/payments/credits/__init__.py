"""Credits: money that payers keep with the association, spent on later conferences or paid out."""
