// Keeps the board fresh while somebody watches. Without this script the page reads itself again every few seconds.
(() => {
  const board = document.getElementById("board");
  if (!board || board.dataset.state === "settled") return;

  const readAgain = () => setTimeout(() => location.reload(), 5000);
  if (!("EventSource" in window)) {
    readAgain();
    return;
  }

  const source = new EventSource(board.dataset.stream);
  source.addEventListener("board", (event) => {
    const news = JSON.parse(event.data);
    board.innerHTML = news.html;
    board.dataset.state = news.state;
    if (news.state === "settled") source.close();
  });
  source.addEventListener("error", () => {
    // A stream that has ended is opened again by the browser; one that was refused is not.
    if (source.readyState === EventSource.CLOSED) readAgain();
  });
})();
